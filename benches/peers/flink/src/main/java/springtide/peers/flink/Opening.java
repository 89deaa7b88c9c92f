package springtide.peers.flink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import springtide.peers.Opportunity;
import springtide.peers.Profile;

/** What is behind the patterns of {@link CepForm}: the gate, the cooldown and the revisions, in order of time. */
final class Opening extends KeyedProcessFunction<String, Fact, Found> {
    private static final long serialVersionUID = 1;

    private transient ValueState<OpeningState> states;

    @Override
    public void open(OpenContext context) {
        states = getRuntimeContext().getState(new ValueStateDescriptor<>("opening", new OpeningState.Serializer()));
    }

    @Override
    public void processElement(Fact fact, Context context, Collector<Found> out) throws IOException {
        OpeningState state = states.value();
        if (state == null) {
            state = new OpeningState();
        }
        state.hold(fact);
        settle(state, context.timerService(), fact.account(), out);
    }

    @Override
    public void onTimer(long at, OnTimerContext context, Collector<Found> out) throws IOException {
        settle(states.value(), context.timerService(), context.getCurrentKey(), out);
    }

    private void settle(OpeningState state, TimerService timers, String name, Collector<Found> out) throws IOException {
        state.settle(timers.currentWatermark(), opportunity -> out.collect(found(name, opportunity)));
        long wake = state.wakeAt();
        if (wake != Profile.NEVER) {
            timers.registerEventTimeTimer(wake);
        }
        states.update(state);
    }

    private static Found found(String name, Opportunity opportunity) {
        byte[] account = name.getBytes(StandardCharsets.UTF_8);
        return new Found(account, opportunity.json(account));
    }
}
