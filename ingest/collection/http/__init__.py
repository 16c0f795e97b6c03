"""Files over HTTP: fetched when they are due or may have changed, and taken in."""
