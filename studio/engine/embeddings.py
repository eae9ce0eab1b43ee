"""Textual inversion: files of token vectors read and put in where their name stands in a prompt; a new layout is one more case in `read_vectors`."""
