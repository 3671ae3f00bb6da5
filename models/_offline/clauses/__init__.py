"""What counts as a sentence that may be said back: a small grammar of clauses, and the words of five languages for it."""
