"""What is measured, against what, and how to run it: `python -m benchmarks.<name> --help`. A new one is a file here."""
