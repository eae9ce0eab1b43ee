"""What hangs on the denoiser's named points. A new hook is a file here and a row in bootstrap's list of makers."""
