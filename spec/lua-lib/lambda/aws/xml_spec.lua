local xml = require("lambda.aws.xml")
local s3_list = require("lambda.aws.s3_list")

describe("lambda.aws.xml", function()
  it("reads elements and text", function()
    local root = assert(xml.read('\u{FEFF}<?xml version="1.0"?>\n<!-- c <x> --><a:List xmlns="u" q=\'>"\'>'
      .. "<One>1 &lt; &#50; &amp;amp; &#x2603;</One><Two b='/'/><One><![CDATA[<&>]]>x</One>\n</a:List> <!-- end -->"))
    assert.equal("List", root.name)
    assert.equal("1 < 2 &amp; ☃", xml.text(root, "One"))
    assert.equal("", xml.text(root, "Two"))
    assert.equal("<&>x", root[3].text)
    assert.is_nil(xml.text(root, "Three"))
    assert.is_nil(xml.text(nil, "Three"))
  end)

  for text, problem in pairs({
    [""] = "byte 1: it ends too early", ["<a>"] = "it ends too early", ["<a></b>"] = "matches no start tag",
    ["</a>"] = "matches no start tag", ["<a/><b/>"] = "a second element", ["x<a/>"] = "text outside",
    ["<a/>x"] = "text outside", ["<a>&nbsp;</a>"] = "an entity that is none", ["<a>&#0;</a>"] = "an entity",
    ["<a>&#xD800;</a>"] = "an entity", ["<a>&#x110000;</a>"] = "an entity",
    ["<a>&#99999999999999999999;</a>"] = "an entity",
    ["<a>&amp</a>"] = "an entity", ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"] = "a document type",
    ["<a"] = "a tag that is none", ["<a b='"] = "a tag that is none", ["<a><1></a>"] = "a tag that is none",
    ["<a><!-- "] = "byte 4: it ends inside", ["<a><![CDATA[x"] = "it ends inside", ["<? "] = "it ends inside",
    ["<a <b>"] = "a tag that is none",
  }) do
    it(("refuses %q"):format(text), function()
      local root, err = xml.read(text)
      assert.is_nil(root)
      assert.matches(problem, err, 1, true)
      assert.matches("^no XML: byte %d+: ", err)
    end)
  end

  it("has limits", function()
    assert(xml.read(("<a>"):rep(64) .. ("</a>"):rep(64)))
    assert.matches("nested deeper than 64", select(2, xml.read(("<a>"):rep(65) .. ("</a>"):rep(65))))
    assert.matches("more than 16777216 bytes", select(2, xml.read((" "):rep(16777217))))
  end)

  it("never raises and always ends, whatever it reads", function()
    local pieces = { "<", ">", "/", "a", "</a>", "<a>", "<a b='", "'", '"', "<!--", "-->", "<![CDATA[", "]]>", "&", ";",
                     "&amp;", "&#", "x", "<?", "?>", "<!", "=", " ", "\0", "\255" }
    local generator = 20261120
    local function random(limit)
      generator = (generator * 1103515245 + 12345) % 2147483648
      return generator // 65536 % limit + 1
    end
    local good = 0
    for _ = 1, 5000 do
      local parts = { "<a>" }
      for i = 2, random(12) do
        parts[i] = pieces[random(#pieces)]
      end
      parts[#parts + 1] = "</a>"
      local root, err = xml.read(table.concat(parts))
      assert.is_true((root == nil) == (err ~= nil))
      good = good + (root and 1 or 0)
    end
    assert.is_true(good > 100 and good < 4900, good)
  end)

  it("reads any list cut anywhere as one that ends too early", function()
    local text = "<ListBucketResult><IsTruncated>true</IsTruncated>"
      .. "<NextContinuationToken>t</NextContinuationToken><Contents><Key>a&amp;b</Key><Size>x</Size>"
      .. "</Contents><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>"
    local page = assert(s3_list.read(text))
    assert.same({ "a&b", nil, { "p/" }, true }, { page.objects[1].key, page.objects[1].size, page.prefixes,
                                                  page.is_truncated })
    for len = 0, #text - 1 do
      assert.is_nil((s3_list.read(text:sub(1, len))))
    end
    assert.same({ nil, "a list that goes on, without a token for it" },
      { s3_list.read((text:gsub("<NextC.*Token>", ""))) })
  end)
end)
