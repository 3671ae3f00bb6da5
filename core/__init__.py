"""What would still exist with another screen and other models."""
