from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class PwaBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        return
