"""LoRA at work: networks merged into a loaded model for one pass and taken out again exactly; a new kind of network is one case in `lora_modules.py`."""
