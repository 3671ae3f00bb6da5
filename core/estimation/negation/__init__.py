"""What negation, wishes and the past do to the feelings that words name: a grammar, and a table for each language."""
