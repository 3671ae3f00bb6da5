"""The conversation partner: turns, replies, voice, mouth; one per session, engines behind the one door."""
