"""The toolbox of Deep Learning, Derived: one module for each of the four steps, and what several chapters repeat.

derive    what is the formula?
confirm   is it true?
plot      what does it do?
check     can you do it?
optimize  the update rules of chapter 2
sequences the tasks of chapters 7 and 8
text      corpora, characters as numbers, blocks to train on
train     the training loops, and checkpoints
sample    text from a trained CharLSTM
runtime   seeds, device, stored results
expect    one wording for numbers that are refused
"""
