"""Makers of what the repository ships, and helpers of the tests. Nothing here is part of the running studio."""
