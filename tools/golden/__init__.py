"""Scripts that made the numbers under tests/golden, each from a named release of another project; run by hand only."""
