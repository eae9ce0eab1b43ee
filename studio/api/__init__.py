"""The REST door, in the words of A1111's API. One file per group of routes; `door.py` puts them together."""
