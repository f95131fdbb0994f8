"""The toolbox of Deep Learning, Derived: one module for each of the four steps, and what several chapters repeat.

derive   what is the formula?
confirm  is it true?
plot     what does it do?
check    can you do it?
optimize the update rules of chapter 2
runtime  seeds, device, stored results
"""
