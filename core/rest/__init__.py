"""The REST routes, one subject a file, and the guard and the door before them."""
