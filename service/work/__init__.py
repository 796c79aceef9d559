"""What is to be done, for whoever has to do it: the packages below own every fact of it and every move."""
