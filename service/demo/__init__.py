"""The demonstration: Darren's and Toby's story in one case, played over real HTTP by everybody in it."""
