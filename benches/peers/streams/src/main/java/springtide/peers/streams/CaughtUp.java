package springtide.peers.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Whether the group has committed what the topics held when this was made. */
final class CaughtUp {
    private final Admin admin;
    private final String group;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    CaughtUp(Admin admin, Arguments arguments) throws ExecutionException, InterruptedException {
        this.admin = admin;
        this.group = arguments.applicationId();
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicDescription topic : admin.describeTopics(arguments.topics()).allTopicNames().get().values()) {
            for (TopicPartitionInfo partition : topic.partitions()) {
                asked.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
            }
        }
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : admin.listOffsets(asked).all().get().entrySet()) {
            if (end.getValue().offset() > 0) {
                ends.put(end.getKey(), end.getValue().offset());
            }
        }
    }

    /** Asks the broker. */
    boolean now() throws ExecutionException, InterruptedException {
        if (ends.isEmpty()) {
            return true;
        }
        Map<TopicPartition, OffsetAndMetadata> committed =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group).get();
        List<TopicPartition> reached = new ArrayList<>();
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            OffsetAndMetadata offset = committed.get(end.getKey());
            if (offset != null && offset.offset() >= end.getValue()) {
                reached.add(end.getKey());
            }
        }
        reached.forEach(ends::remove);
        return ends.isEmpty();
    }
}
