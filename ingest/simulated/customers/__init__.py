"""Who lives and works in the district, and what the utility's register says of them."""
