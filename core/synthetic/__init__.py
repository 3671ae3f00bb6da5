"""People who do not exist, read as if they did: scripts become readings, and those go through the real fusion."""
