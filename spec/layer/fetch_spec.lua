--- How pinned sources are fetched (cmake/pinned/fetch.cmake), with a stand-in for apt-get: there is no network here.
local scratch = require("scratch")

local TARBALL = "what upstream published"
-- Its SHA256.
local SHA256 = "60bd958963815f9f9cb328862fde5a99dda3e626a129409123ac70678d331a30"

-- apt knows one mirror of Debian and one of somebody else; `source` leaves the tarball of the mirror in the folder.
local APT_GET = [[#!/bin/sh
echo "$*" >>"$CALLS"
case " $* " in
  *" --print-uris update "*)
    echo "'http://other.example/dists/nodistro/InRelease' other.example_dists_nodistro_InRelease 0 "
    echo "'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 " ;;
  *" update "*)
    cp sources.list "$LIST" ;;
  *" source "*)
    [ -f "$MIRROR/thing.tar" ] || { echo 'E: Unable to find a source package for thing' >&2; exit 100; }
    cp "$MIRROR/thing.tar" thing_1.orig.tar.gz ;;
esac
]]

--- Fetches "thing". options.mirror, options.upstream: the text of the file there; options.cached: of the one fetched
--- before; options.apt: another stand-in.
local function fetch(here, options)
  os.execute(("chmod +x '%s'"):format(here:write("bin/apt-get", options.apt or APT_GET)))
  local keyring = here:write("keyring.gpg", "")
  for name, text in pairs({ mirror = options.mirror, upstream = options.upstream }) do
    here:write(name .. "/thing.tar", text)
  end
  if options.cached then
    here:write("sources/thing_1.orig.tar.gz", options.cached)
  end
  local script = here:write("script.cmake", ([[
    set(DEBIAN_KEYRING "%s" CACHE FILEPATH "")
    set(APT_GET "%s/bin/apt-get" CACHE FILEPATH "")
    include("%s/cmake/pinned/fetch.cmake")
    set(PINNED_thing URL "file://%s/upstream/thing.tar" SHA256 %s DEBIAN_PACKAGE thing DEBIAN_FILE thing_1.orig.tar.gz)
    file(MAKE_DIRECTORY "%s/sources")
    lunambda_fetch("%s/sources" thing)
  ]]):format(keyring, here.path, require("lfs").currentdir(), here.path, SHA256, here.path, here.path))
  local ok = os.execute(("CALLS='%s/calls' LIST='%s/list' MIRROR='%s/mirror' cmake -P '%s' >'%s/said' 2>&1")
    :format(here.path, here.path, here.path, script, here.path))
  -- CMake breaks its messages at blanks.
  local said = here:read("said"):gsub("%s+", " ")
  return {
    ok = ok or false, said = said, calls = here:read("calls"), list = here:read("list"),
    got = here:read("sources/thing_1.orig.tar.gz"),
  }
end

describe("pinned sources", function()
  it("come from Debian's source packages, by a private list that names the system's own mirror", function()
    local here <close> = scratch.new()
    local seen = fetch(here, { mirror = TARBALL, upstream = "not asked" })
    assert.is_true(seen.ok, seen.said)
    assert.equal(TARBALL, seen.got)
    assert.equal(("deb-src [signed-by=%s/keyring.gpg] http://mirror.example/debian/ trixie main\n"):format(here.path),
      seen.list)
    assert.matches("Dir::Etc::sourcelist=" .. here.path .. "/sources/apt/sources.list", seen.calls, 1, true)
    assert.matches("source --download-only --tar-only thing", seen.calls, 1, true)
    assert.is_nil(here:read("sources/apt/sources.list"))
  end)

  it("are fetched once", function()
    local here <close> = scratch.new()
    local seen = fetch(here, { cached = TARBALL })
    assert.is_true(seen.ok, seen.said)
    assert.is_nil(seen.calls)
  end)

  it("come from upstream where Debian's mirror does not have them", function()
    local here <close> = scratch.new()
    local seen = fetch(here, { upstream = TARBALL })
    assert.is_true(seen.ok, seen.said)
    assert.equal(TARBALL, seen.got)
  end)

  it("come from upstream where apt knows no mirror of Debian", function()
    local here <close> = scratch.new()
    local seen = fetch(here, { upstream = TARBALL, apt = "#!/bin/sh\necho \"'http://u/dists/jammy/InRelease'\"\n" })
    assert.is_true(seen.ok, seen.said)
  end)

  it("are refused when they are not what was pinned: from the mirror, from upstream, and the copy kept", function()
    for _, where in ipairs({ "mirror", "upstream", "cached" }) do
      local here <close> = scratch.new()
      local seen = fetch(here, { [where] = "something else" })
      assert.is_false(seen.ok, where)
      assert.matches("/sources/thing_1.orig.tar.gz is not the file that cmake/pinned/sources.cmake names", seen.said,
        1, true)
      assert.matches("must be " .. SHA256, seen.said, 1, true)
      assert.matches("Remove it to have it fetched again", seen.said, 1, true)
    end
  end)

  it("that cannot be had are an error which says what was tried, and what to do", function()
    local here <close> = scratch.new()
    local seen = fetch(here, {})
    assert.is_false(seen.ok)
    assert.matches("cannot fetch " .. here.path .. "/sources/thing_1.orig.tar.gz", seen.said, 1, true)
    assert.matches("E: Unable to find a source package for thing", seen.said, 1, true)
    assert.matches("file://" .. here.path .. "/upstream/thing.tar: ", seen.said, 1, true)
    assert.matches("Put the file there by hand", seen.said, 1, true)
    assert.is_nil(seen.got)
  end)
end)
