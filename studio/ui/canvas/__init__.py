"""The painting canvas: what the browser shows, what Python receives. A new tool is a file in assets/canvas."""
