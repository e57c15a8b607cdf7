--- A small API for notes, which live as long as the environment does.
local lambda = require("lambda")

local router = lambda.router
local notes = { welcome = { name = "welcome", text = "Hello" } }

local app = router.new()
app:cors({ origins = "*" })
app:map("NoteNotFound", 404)

app:use(function(req, res, context, next)
  next()
  context.log.info("answered", { route = req.route, status = res.status })
end)

local function find(name)
  local note = notes[name]
  if not note then
    return nil, lambda.error("NoteNotFound", "there is no such note")
  end
  return note
end

app:group("/notes", function(group)
  group:get("", function()
    local names = lambda.array()
    for name in pairs(notes) do
      names[#names + 1] = name
    end
    table.sort(names)
    return { notes = names }
  end)

  group:get("/{name}", function(req)
    return find(req.params.name)
  end)

  group:put("/{name}", function(req, res)
    local fields, err = router.body(req)
    if not fields then
      return nil, err
    elseif type(fields) ~= "table" or type(fields.text) ~= "string" then
      return nil, lambda.error("BadRequest", "a note needs a text")
    end
    local name = req.params.name
    res.status = notes[name] and 200 or 201
    notes[name] = { name = name, text = fields.text }
    return notes[name]
  end)

  group:delete("/{name}", function(req, res)
    local note, err = find(req.params.name)
    if not note then
      return nil, err
    end
    notes[note.name], res.status = nil, 204
  end)
end)

app:get("/count", function(_, res)
  res.headers["content-type"] = "text/plain"
  for n = 1, 3 do
    res:write(n .. "\n")
  end
end)

return { handler = app:handler() }
