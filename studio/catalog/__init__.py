"""What is installed, known without torch. A new kind of file is a file here and a method of `Catalog`."""
