return require("lambda.native").json
