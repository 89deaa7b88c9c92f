package springtide.peers.flink;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import springtide.peers.Account;
import springtide.peers.AccountCodec;
import springtide.peers.Event;
import springtide.peers.Play;

/**
 * The same with Flink CEP: detectors make signals, two patterns say when both sides of the play have one in the window
 * (in either order), and {@link Opening} has the gate, the cooldown and the revisions.
 *
 * <p>The patterns skip nothing: whether a convergence opens is for the gate and the cooldown behind them to say, so that
 * each instant of it has to come through.
 */
final class CepForm {
    private CepForm() {}

    static DataStream<Found> of(KeyedStream<Input, String> inputs) {
        KeyedStream<Fact, String> facts =
                byAccount(inputs.process(new Detectors(), Fact.TYPE).name("detectors").uid("detectors"));
        KeyedStream<Fact, String> signals = byAccount(facts.filter(fact -> fact.signals() != 0).name("signals"));
        DataStream<Fact> productFirst = matches(signals, new Product(), new Business(), "product-first");
        DataStream<Fact> businessFirst = matches(signals, new Business(), new Product(), "business-first");
        return byAccount(facts.union(productFirst, businessFirst))
                .process(new Opening(), Found.TYPE)
                .name("opening")
                .uid("opening");
    }

    private static KeyedStream<Fact, String> byAccount(DataStream<Fact> facts) {
        return facts.keyBy(Fact::account, Types.STRING);
    }

    private static DataStream<Fact> matches(
            KeyedStream<Fact, String> signals, SimpleCondition<Fact> one, SimpleCondition<Fact> other, String name) {
        // A pattern's time ends before its length is reached; the play's window has both its ends.
        Pattern<Fact, ?> pattern = Pattern.<Fact>begin("one", AfterMatchSkipStrategy.noSkip())
                .where(one)
                .followedByAny("other")
                .where(other)
                .within(Duration.ofMillis(Play.WINDOW_MS + 1));
        return CEP.pattern(signals, pattern).process(new Match(), Fact.TYPE).uid(name);
    }

    private static final class Product extends SimpleCondition<Fact> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean filter(Fact fact) {
            return fact.product();
        }
    }

    private static final class Business extends SimpleCondition<Fact> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean filter(Fact fact) {
            return fact.business();
        }
    }

    private static final class Match extends PatternProcessFunction<Fact, Fact> {
        private static final long serialVersionUID = 1;

        @Override
        public void processMatch(Map<String, List<Fact>> match, Context context, Collector<Fact> out) {
            Fact last = match.get("other").get(0);
            out.collect(Fact.convergence(last.account(), last.at()));
        }
    }

    /** Makes signals of events, in order of time where a detector needs that. */
    private static final class Detectors extends KeyedProcessFunction<String, Input, Fact> {
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
        public void processElement(Input input, Context context, Collector<Fact> out) throws IOException {
            Event event = input.event;
            if (event.kind == Event.Kind.SEATS_90) {
                out.collect(Fact.signals(input.account, event.at, Play.SEATS_90));
                return;
            }
            if (event.kind == Event.Kind.PROFILE) {
                out.collect(Fact.profile(input.account, event.at, event.profile));
            }
            codec.read(state.value(), account);
            account.hold(event);
            state.update(codec.write(account));
            if (event.kind != Event.Kind.PROFILE) {
                context.timerService().registerEventTimeTimer(event.at);
            }
        }

        @Override
        public void onTimer(long at, OnTimerContext context, Collector<Fact> out) throws IOException {
            codec.read(state.value(), account);
            int signals = account.detect(at);
            if (signals != 0) {
                out.collect(Fact.signals(context.getCurrentKey(), at, signals));
            }
            state.update(codec.write(account));
        }
    }
}
