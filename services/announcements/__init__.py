"""What is announced: written in a page, by the API or as files, and given to the hub."""
