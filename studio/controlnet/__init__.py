"""From pictures to control maps: the preprocessors, and the table of control types."""
