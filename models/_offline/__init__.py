"""What the offline responder says, a language a file, and how it takes up a person's words."""
