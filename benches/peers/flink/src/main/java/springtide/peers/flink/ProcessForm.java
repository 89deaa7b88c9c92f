package springtide.peers.flink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import springtide.peers.Account;
import springtide.peers.AccountCodec;
import springtide.peers.Profile;

/**
 * The whole question in one function: an account's state is one value. An event waits in it until the watermark is past,
 * and there is a timer only where settling may bring something; all else is settled when the account's next event comes.
 */
final class ProcessForm extends KeyedProcessFunction<String, Input, Found> {
    private static final long serialVersionUID = 1;

    private transient ValueState<byte[]> state;
    private transient AccountCodec codec;
    private transient Account account;

    @Override
    public void open(OpenContext context) {
        state = getRuntimeContext().getState(
                new ValueStateDescriptor<>("account", BytePrimitiveArraySerializer.INSTANCE));
        codec = new AccountCodec();
        account = new Account();
    }

    @Override
    public void processElement(Input input, Context context, Collector<Found> out) throws IOException {
        codec.read(state.value(), account);
        account.hold(input.event);
        settle(context.timerService(), input.account, out);
    }

    @Override
    public void onTimer(long at, OnTimerContext context, Collector<Found> out) throws IOException {
        codec.read(state.value(), account);
        if (account.alarm() == at) {
            account.setAlarm(Profile.NEVER);
        }
        settle(context.timerService(), context.getCurrentKey(), out);
    }

    private void settle(TimerService timers, String name, Collector<Found> out) throws IOException {
        long watermark = timers.currentWatermark();
        account.settle(watermark == Long.MAX_VALUE ? watermark : watermark + 1, opportunity -> {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            out.collect(new Found(key, opportunity.json(key)));
        });
        long wake = account.wakeAt();
        long alarm = account.alarm();
        if (wake != alarm) {
            if (alarm != Profile.NEVER) {
                timers.deleteEventTimeTimer(alarm);
            }
            if (wake != Profile.NEVER) {
                timers.registerEventTimeTimer(wake);
            }
            account.setAlarm(wake);
        }
        state.update(codec.write(account));
    }
}
