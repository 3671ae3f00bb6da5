"""What runs while a person is there."""
