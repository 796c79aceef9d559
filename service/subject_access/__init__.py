"""Subject access: what a person is given of their own record when they ask for it.

Owns the requests, what people decide about each text, and the copy as it was released. It sends nothing: the
region gives the copy to the person. What is left out is not said, nor that anything is.
"""
