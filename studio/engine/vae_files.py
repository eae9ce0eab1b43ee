"""A VAE of its own file in place of the model's. A new layout of VAE files is a branch in `read_vae`."""
