"""Diffusion models at work. A new way to change a drawing is a hook; a new family of models a row in `families.py`."""
