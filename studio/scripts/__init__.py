"""What runs a request several times. One script per file: a function with `domain/things.py:script` on top."""
