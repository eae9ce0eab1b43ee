"""The version of the studio, as files, pictures and clients are told it. It is pyproject.toml's."""

VERSION = "0.1.0"
