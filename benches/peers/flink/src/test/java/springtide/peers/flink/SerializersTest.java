package springtide.peers.flink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import springtide.peers.Event;
import springtide.peers.Opportunity;
import springtide.peers.Play;
import springtide.peers.Profile;

/** What is written is read again, and an account's play goes on with what was read. */
class SerializersTest {
    private static final long DAY_MS = 86_400_000L;
    private static final long T = 1_780_272_000_000L;

    @Test
    void inputsComeBack() throws IOException {
        for (Event.Kind kind : Event.Kind.values()) {
            Input input = new Input();
            input.account = "konto-ä";
            input.event.kind = kind;
            input.event.at = T;
            input.event.profile = kind == Event.Kind.PROFILE ? profile() : null;
            boolean person = kind == Event.Kind.USER_INVITED || kind == Event.Kind.JOB_POSTED;
            boolean department = kind == Event.Kind.EXECUTIVE_HIRED || kind == Event.Kind.JOB_POSTED;
            input.event.id = person ? -7 : 0;
            input.event.department = department ? 9 : 0;

            Input back = again(input, new Input.Serializer());

            assertEquals(input.account, back.account);
            assertEquals(kind, back.event.kind);
            assertEquals(T, back.event.at);
            assertEquals(input.event.id, back.event.id);
            assertEquals(input.event.department, back.event.department);
            if (kind == Event.Kind.PROFILE) {
                assertArrayEquals(input.event.profile.buyerDepartments, back.event.profile.buyerDepartments);
                assertEquals(input.event.profile.scoreTenths(T), back.event.profile.scoreTenths(T));
            }
        }
    }

    @Test
    void factsComeBack() throws IOException {
        for (Fact fact : List.of(Fact.signals("a", T, Play.PRODUCT), Fact.convergence("b", T))) {
            assertEquals(fact, again(fact, new Fact.Serializer()));
        }
    }

    @Test
    void aPlayGoesOnFromItsBytes() throws IOException {
        List<Fact> facts = List.of(
                Fact.profile("a", T, profile()),
                Fact.signals("a", T + 1, Play.SEATS_90),
                Fact.signals("a", T + 2, Play.NEW_EXECUTIVE),
                Fact.convergence("a", T + 2),
                Fact.convergence("a", T + 2),
                Fact.signals("a", T + 3, Play.INVITATIONS),
                Fact.signals("a", T + 2 + 5 * DAY_MS + 1, Play.HIRING_SURGE));
        List<Opportunity> found = new ArrayList<>();
        OpeningState state = new OpeningState();
        for (Fact fact : facts) {
            state.hold(fact);
            state = again(state, new OpeningState.Serializer());
        }
        assertEquals(T + 2, state.wakeAt());
        state.settle(T + 2, found::add);
        state = again(state, new OpeningState.Serializer());
        assertEquals(T + 3, state.wakeAt());
        state.settle(Long.MAX_VALUE, found::add);
        assertEquals(List.of(1, 2), found.stream().map(opportunity -> opportunity.revision).toList());
        assertEquals(List.of(T + 2, T + 2), found.stream().map(opportunity -> opportunity.openedAt).toList());
    }

    private static Profile profile() {
        Profile profile = new Profile();
        profile.mrr = 1_000;
        profile.healthScore = 80;
        profile.firstValueAt = T - 100 * DAY_MS;
        profile.champion = 3;
        profile.buyerDepartments = new long[] {9, -9};
        return profile;
    }

    private static <V> V again(V value, Compact<V> serializer) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(value, out);
        return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    }
}
