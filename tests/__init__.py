"""The tests. A package, so that `tests.site` is this folder whatever else is installed under that name."""
