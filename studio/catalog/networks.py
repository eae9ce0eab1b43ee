"""LoRA, embedding and VAE files, known by their headers; a new kind of network is one more case in `network_kind`."""
