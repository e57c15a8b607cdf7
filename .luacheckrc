std = "lua54"
max_line_length = 110
max_cyclomatic_complexity = 12
files["spec"] = { std = "+busted" }
exclude_files = { "build", "spec/fixtures/broken" }
