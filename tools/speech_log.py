"""A speech server for Orca: writes what Orca says to a file, one line each."""

import os

from orca import speechserver


def write(text):
    words = " ".join((text or "").replace("\ufffc", " ").split())
    if words:
        with open(os.environ["SPEECH_LOG"], "a", encoding="utf-8") as log:
            log.write(words + "\n")


class SpeechServer(speechserver.SpeechServer):
    @staticmethod
    def getFactoryName():
        return "Speech log"

    @staticmethod
    def getSpeechServers():
        return [SpeechServer()]

    @staticmethod
    def getSpeechServer(info=None):
        return SpeechServer()

    def getInfo(self):
        return ["Speech log", "speech_log"]

    def speak(self, text=None, acss=None, interrupt=True):
        write(text)

    def speakCharacter(self, character, acss=None):
        write(character)

    def sayAll(self, utteranceIterator, progressCallback):
        for context, _acss in utteranceIterator:
            write(context.utterance)
