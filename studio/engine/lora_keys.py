"""Which module of a model each tensor of a LoRA file belongs to; a new way of naming keys is one more spelling in `module_names`."""
