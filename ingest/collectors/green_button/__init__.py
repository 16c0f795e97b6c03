"""Green Button (ESPI) feeds: entries and the links between them."""
