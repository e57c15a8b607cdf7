std = "lua54"
max_line_length = 120
max_cyclomatic_complexity = 12
files["spec"] = { std = "+busted" }
exclude_files = { "build", "spec/fixtures/broken" }
