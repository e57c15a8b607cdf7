--- A compiled program that is started once, while the environment initialises, and asked by every event.
local lambda = require("lambda")

local app = lambda.worker("./application")

return { handler = app:handler() }
