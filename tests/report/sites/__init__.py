"""Small ledgers that are hard to speak truly about: what they deliver, and what is made of it."""
