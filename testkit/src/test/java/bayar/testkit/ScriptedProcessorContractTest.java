package bayar.testkit;

class ScriptedProcessorContractTest extends OverScriptedProcessor {
    ScriptedProcessorContractTest() {
        super(new ScriptedProcessor());
    }
}
