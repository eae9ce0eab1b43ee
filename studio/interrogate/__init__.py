"""Pictures in, prompts out; a new way is one file with one Interrogator."""
