"""How pictures get more pixels. One family of upscalers per file; each gives `domain/things.py:Upscaler` values."""
