"""A VAE of its own file in place of the model's; a new layout of VAE files is one more case in `read_vae`."""
