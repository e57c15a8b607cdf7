--- run_tests.lua test|prove [ctest arguments]: runs CTest in the presets below and counts what was proved.
--- Closes with "N passed, M failed, K skipped": every test of a TAP program counts, other programs count as one.

--- What each verb runs of each preset. `test` holds a short version of every long proof.
local PRESETS = {
  { name = "dev", test = "-LE '^prove$'", prove = "-L '^prove$'" },
  -- local.pack_single, cmake: --single and the SDK take the bootstrap beside them, and must refuse one with sanitizers.
  { name = "release",
    test = "-R '^spec[.](runtime[.].*|layer[.](contents|elf|fetch|reproducible|start)|local[.]pack_single|cmake)$'",
    prove = "-R '^prove[.]layer$'" },
  { name = "release-arm64", test = "-R '^spec[.]'" },
  { name = "tsan", test = "-LE '^(prove|style)$'", leaves_out = {
    { "spec.lua-lib", "the Lua modules alone, in a lua5.4 that has no sanitizer" },
    { "spec.dev", "a shell script among stand-ins" },
    { "spec.bench", "figures, which a sanitizer would falsify" },
    { "spec.cmake", "what it builds are modules, which have no sanitizer" },
    { "spec.examples", "handlers of one thread, as those of spec.runtime" },
    { "spec.layer.*", "scripts, and the zips of the release" },
    { "spec.local.pack.*", "one thread, and the release's files" },
    { "spec.runtime.exhaustion", "the sanitizer does not start in so little address space" },
    { "runtime.json_scan_neon", "an arm64 program, without the sanitizer" },
  } },
  { name = "fuzz", test = "-L '^fuzz$'", prove = "-L '^prove$'" },
}

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  return text
end

--- The tests that a preset leaves out, as an argument for ctest; says why.
local function leave_out(preset)
  local names = {}
  for index, test in ipairs(preset.leaves_out or {}) do
    names[index] = test[1]:gsub("%.%f[%a]", "[.]") -- a pattern of ctest's, whose dots before names are dots
    print(("%s leaves out %s: %s"):format(preset.name, test[1], test[2]))
  end
  return names[1] and ("-E '^(%s)$'"):format(table.concat(names, "|")) or ""
end

--- One program's output: counts per TAP line; skips are printed with their reason.
local function count_tap(name, output, totals)
  local seen = 0
  for line in output:gmatch("[^\n]+") do
    local verdict, rest = line:match("^(n?o?t? ?ok) %d+ ?(.*)")
    if verdict == "ok" and rest:find("# SKIP", 1, true) then
      totals.skipped = totals.skipped + 1
      print(("skipped: %s: %s"):format(name, rest))
    elseif verdict == "ok" then
      totals.passed = totals.passed + 1
    elseif verdict == "not ok" then
      totals.failed = totals.failed + 1
      print(("failed: %s: %s"):format(name, rest))
    end
    seen = verdict and seen + 1 or seen
  end
  return seen
end

--- Adds up LastTest.log of one preset.
local function count(preset, totals)
  local log = read(("build/%s/Testing/Temporary/LastTest.log"):format(preset))
  for name, output, rest in log:gmatch("\n%d+/%d+ Test: ([^\n]+).-\nOutput:\n%-+\n(.-)<end of output>(.-end time:)") do
    local passed = rest:find("\nTest Passed.", 1, true) ~= nil
    local failed_before = totals.failed
    local seen = count_tap(name, output, totals)
    if passed and seen == 0 then
      totals.passed = totals.passed + 1
    elseif not passed and totals.failed == failed_before then
      totals.failed = totals.failed + 1 -- crashed, or ended with a status that its lines do not explain
      print(("failed: %s"):format(name))
    end
  end
end

local verb = table.remove(arg, 1)
local words = {}
for i, word in ipairs(arg) do
  words[i] = "'" .. word:gsub("'", "'\\''") .. "'"
end
local totals, ok = { passed = 0, failed = 0, skipped = 0 }, true
for _, preset in ipairs(PRESETS) do
  if not preset[verb] then
    goto continue
  end
  os.remove(("build/%s/Testing/Temporary/LastTest.log"):format(preset.name))
  local command = ("ctest --preset %s -j2 %s %s %s"):format(preset.name, preset[verb], leave_out(preset),
    table.concat(words, " "))
  ok = os.execute(command) and ok
  count(preset.name, totals)
  ::continue::
end
if totals.passed + totals.failed == 0 then
  totals.failed = 1
  print("failed: no test ran")
end
print(("%d passed, %d failed, %d skipped"):format(totals.passed, totals.failed, totals.skipped))
os.exit(ok and totals.failed == 0)
