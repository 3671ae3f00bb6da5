"""How danger is plainly said: a small grammar of statements, and the words of five languages for it."""
