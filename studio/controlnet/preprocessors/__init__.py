"""Preprocessors, one a file, as A1111's ControlNet names them. A new one: a file with a `@preprocessor` function."""
