"""A real Chromium in front of the real app, with a fake camera that shows a real face."""
